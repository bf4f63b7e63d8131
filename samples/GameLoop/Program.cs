using GameLoop;

return CommandLine.Run(args, Console.Out, Console.Error);
