using System.Globalization;
using System.Reflection;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Every bound of every option: the last value inside it is taken, the first one outside is refused.</summary>
public sealed class BoundsTests
{
    private const string Policy = "EdgeProxy:StreamPolicies:chat:";
    private const string Day = "1.00:00:00";

    private static readonly (string Key, string Min, string Max)[] Durations =
    [
        (Policy + "Primer:After", "00:00:00", Day),
        (Policy + "KeepAlive:Interval", "00:00:00.1000000", "01:00:00"),
        (Policy + "Timeouts:FirstEvent", "00:00:00.1000000", Day),
        (Policy + "Timeouts:Idle", "00:00:00.1000000", Day),
        (Policy + "Timeouts:Total", "00:00:00.1000000", Day),
        (Policy + "Attempts:AttemptTimeout", "00:00:00.1000000", Day),
        (Policy + "Attempts:Backoff", "00:00:00.0100000", "01:00:00"),
        (Policy + "Attempts:MaxBackoff", "00:00:00.0100000", "01:00:00"),
        (Policy + "Attempts:MaxRetryAfter", "00:00:00", "01:00:00"),
        (Policy + "Attempts:HedgeAfter", "00:00:00.1000000", Day),
        (Policy + "Admission:QueueTimeout", "00:00:00.1000000", Day),
        (Policy + "Resume:Retention", "00:00:00.1000000", Day),
        (Policy + "Resume:Detached", "00:00:00", Day),
        ("EdgeProxy:Drain:Timeout", "00:00:00", Day),
    ];

    private static readonly (string Key, long Min, long Max)[] Counts =
    [
        (Policy + "Primer:PaddingBytes", 0, 65536),
        (Policy + "Limits:MaxInspectedBodyBytes", 0, 67108864),
        (Policy + "Limits:MaxBufferedEventBytes", 1024, 67108864),
        (Policy + "Limits:MaxErrorBodyBytes", 0, 1048576),
        (Policy + "Attempts:Max", 1, 20),
        (Policy + "Attempts:RetryStatuses:0", 400, 599),
        (Policy + "Attempts:ReplayBufferBytes", 0, 268435456),
        (Policy + "Admission:MaxConcurrentStreams", 1, 1000000),
        (Policy + "Admission:QueueLimit", 0, 1000000),
        (Policy + "Resume:MaxBytes", 1024, 1073741824),
        ("EdgeProxy:Resume:MaxTotalBytes", 1024, 1099511627776),
    ];

    public static TheoryData<string, string> Inside => Table(inside: true);

    public static TheoryData<string, string> Outside => Table(inside: false);

    [Theory]
    [MemberData(nameof(Inside))]
    public void ValueAtItsBound_IsTaken(string key, string value)
    {
        var report = Judge.CheckSetting(key, value);

        Assert.Empty(report.Errors);
    }

    [Theory]
    [MemberData(nameof(Outside))]
    public void ValueBeyondItsBound_IsRefusedWithPathValueAndBounds(string key, string value)
    {
        var report = Judge.CheckSetting(key, value);

        var error = Assert.Single(report.Errors);
        Assert.Equal(key, error.Path);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
        Assert.Matches("from .+ to ", error.Allowed);
    }

    [Fact]
    public void EveryNumberAndDuration_HasBounds_AndStandsInTheseTables()
    {
        var bounded = new List<string>();
        Collect(typeof(EdgeProxyOptions), "EdgeProxy:");

        var tables = Durations.Select(row => row.Key).Concat(Counts.Select(row => row.Key)).Order(StringComparer.Ordinal);
        Assert.Equal(bounded.Order(StringComparer.Ordinal), tables);

        void Collect(Type type, string path)
        {
            foreach (var property in type.GetProperties())
            {
                var plain = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                if (plain == typeof(int) || plain == typeof(long) || plain == typeof(TimeSpan) || plain == typeof(IReadOnlyList<int>))
                {
                    Assert.True(property.IsDefined(typeof(BoundsAttribute)), $"{path}{property.Name} has no bounds.");
                    bounded.Add(path + property.Name + (plain == typeof(IReadOnlyList<int>) ? ":0" : ""));
                }
                else if (plain == typeof(IReadOnlyDictionary<string, StreamPolicyOptions>))
                {
                    Collect(typeof(StreamPolicyOptions), Policy);
                }
                else if (plain.Namespace == typeof(EdgeProxyOptions).Namespace && !plain.IsEnum)
                {
                    Collect(plain, $"{path}{property.Name}:");
                }
            }
        }
    }

    private static TheoryData<string, string> Table(bool inside)
    {
        var table = new TheoryData<string, string>();
        foreach (var (key, min, max) in Durations)
        {
            var step = inside ? TimeSpan.Zero : TimeSpan.FromTicks(1);
            table.Add(key, Text(TimeSpan.ParseExact(min, "c", CultureInfo.InvariantCulture) - step));
            table.Add(key, Text(TimeSpan.ParseExact(max, "c", CultureInfo.InvariantCulture) + step));
        }

        foreach (var (key, min, max) in Counts)
        {
            var step = inside ? 0 : 1;
            table.Add(key, (min - step).ToString(CultureInfo.InvariantCulture));
            table.Add(key, (max + step).ToString(CultureInfo.InvariantCulture));
        }

        return table;

        static string Text(TimeSpan duration) => duration.ToString("c", CultureInfo.InvariantCulture);
    }
}
