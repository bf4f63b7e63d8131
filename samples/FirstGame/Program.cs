using FirstGame;

return Play.Run(args, Console.Out, Console.Error);
