using Guides;

return Guide.Run(args, Console.Out, Console.Error);
