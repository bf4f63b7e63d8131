using Arena.Report.Options;

return await CommandLine.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
