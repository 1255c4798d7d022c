using EdgeProxy.Configuration;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Configuration;

/// <summary>A policy as a flat table for people.</summary>
public sealed class PolicyTableTests
{
    [Fact]
    public void Defaults_AreAllThere_AndNoneIsSet()
    {
        var table = PolicyTable.Of(new StreamPolicyOptions());

        Assert.DoesNotContain(table, static setting => setting.IsSet);
        Assert.Equal(table.Count, table.Select(static setting => setting.Key).Distinct().Count());
        foreach (var (key, value) in new[]
        {
            ("Dialect", "Auto"), ("Detect", "Auto"), ("Primer:After", "00:00:02"), ("KeepAlive:Interval", "00:00:08"), ("Timeouts:Total", "null"),
            ("Attempts:RetryStatuses", "408, 429, 500, 502, 503, 504"), ("Attempts:Backoff", "00:00:00.500"), ("Attempts:Fallbacks", "none"),
            ("Attempts:NonStreaming", "false"), ("Admission:MaxConcurrentStreams", "null"), ("Limits:MaxInspectedBodyBytes", "1048576"),
        })
        {
            Assert.Equal(value, table.Single(setting => setting.Key == key).Value);
        }
    }

    [Fact]
    public void WhatIsSet_IsWrittenAsAnOperatorWould()
    {
        var table = PolicyTable.Of(new StreamPolicyOptions
        {
            Dialect = DialectKind.Gemini,
            Timeouts = new() { Total = TimeSpan.FromDays(1) },
            Attempts = new() { RetryStatuses = [503], Fallbacks = [new() { Cluster = "a", Model = "small" }, new() { Cluster = "b" }], Backoff = TimeSpan.FromMilliseconds(1250) },
            Errors = new() { FinishChunk = true },
        });

        Assert.Equal(
            [
                new("Dialect", "Gemini", "Auto"), new("Timeouts:Total", "1.00:00:00", "null"), new("Attempts:RetryStatuses", "503", "408, 429, 500, 502, 503, 504"),
                new("Attempts:Backoff", "00:00:01.250", "00:00:00.500"), new("Attempts:Fallbacks", "a (model small), b", "none"), new("Errors:FinishChunk", "true", "false"),
            ],
            table.Where(static setting => setting.IsSet));
    }
}
