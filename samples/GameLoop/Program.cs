using GameLoop.Options;

return CommandLine.Run(args, Console.Out, Console.Error);
