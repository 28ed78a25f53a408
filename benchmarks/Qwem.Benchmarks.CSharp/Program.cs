using BenchmarkDotNet.Running;
using Qwem.Benchmarks;
using Qwem.Benchmarks.Jobs;
using Qwem.Benchmarks.Sweep;

switch (args)
{
    case ["product-rate", string order]:
        Console.WriteLine(ProductRate.Measure(int.Parse(order)));
        return 0;
    case ["jobs", ..]:
        return Command(JobsCommand.Help, JobsCommand.Run);
    case ["sweep", ..]:
        return Command(SweepCommand.Help, SweepCommand.Run);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}

int Command(string help, Func<string[], int> run)
{
    try
    {
        if (!args.Contains("--help")) return run(args[1..]);
        Console.WriteLine(help);
        return 0;
    }
    catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FileNotFoundException)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
}
