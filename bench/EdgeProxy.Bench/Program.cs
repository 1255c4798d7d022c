using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(EdgeProxy.Bench.SseScannerBenchmarks).Assembly).Run(args);
