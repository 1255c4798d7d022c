using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Perfolizer.Horology;

namespace EdgeProxy.Bench.Micro;

/// <summary>
/// For benchmarks that go through one MiB an operation: adds the column GB/s. Iterations are short and many, and the median
/// counts, so that a neighbour on the machine disturbs some of them and not the result.
/// </summary>
internal sealed class ThroughputConfig : ManualConfig
{
    public ThroughputConfig()
    {
        AddJob(Job.Default.WithIterationTime(TimeInterval.FromMilliseconds(20)).WithWarmupCount(10).WithIterationCount(50));
        AddColumn(StatisticColumn.Median, new GigabytesPerSecond());
    }

    private sealed class GigabytesPerSecond : IColumn
    {
        public string Id => nameof(GigabytesPerSecond);

        public string ColumnName => "GB/s";

        public string Legend => "10^9 bytes of input a second, from the median";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
            summary[benchmarkCase]?.ResultStatistics is { } statistics
                ? ((1 << 20) / statistics.Median).ToString("0.00", CultureInfo.InvariantCulture)
                : "NA";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}
