namespace EdgeProxy.Bench.Load;

internal sealed record Percentiles(double P50, double P90, double P99, double P999);

internal sealed record LoadResult(long Events, Percentiles? Delay, Percentiles? FirstByte, double RequestsPerSecond, double Seconds, long Comments, long Violations, double GeneratorCpuMs, double BackendCpuMs, bool LoadLimited, string? Why)
{
    public static LoadResult? Parse(string json) => json.Length == 0 ? null : System.Text.Json.JsonSerializer.Deserialize<LoadResult>(json, System.Text.Json.JsonSerializerOptions.Web);
}
