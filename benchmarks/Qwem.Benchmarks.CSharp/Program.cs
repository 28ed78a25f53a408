using BenchmarkDotNet.Running;
using Qwem.Benchmarks;
using Qwem.Benchmarks.Fuzz;

switch (args)
{
    case ["product-rate", string order]:
        Console.WriteLine(ProductRate.Measure(int.Parse(order)));
        return 0;
    case ["fuzz", ..]:
        return Command(FuzzCommand.Help, FuzzCommand.Run);
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
    catch (ArgumentException failure)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
}
