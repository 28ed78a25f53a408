using BenchmarkDotNet.Running;
using Qwem.Benchmarks;

if (args is ["product-rate", string order]) Console.WriteLine(ProductRate.Measure(int.Parse(order)));
else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
