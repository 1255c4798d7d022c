using System.Text.Json.Serialization;

namespace EdgeProxy.Bench.Load;

/// <summary>What the backend tells of itself at <c>GET /stats</c>; all but the first three since the last <c>POST /reset</c>.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Cpu">The CPU that it was pinned to; null: none.</param>
/// <param name="Streams">Answers that are being given.</param>
/// <param name="CpuNanoseconds">CPU time.</param>
/// <param name="Requests">Requests.</param>
/// <param name="Events">Events sent.</param>
/// <param name="Writes">Calls of <c>send</c>.</param>
/// <param name="LateP50Microseconds">How late paced writes were against their schedule.</param>
/// <param name="LateP99Microseconds">The same.</param>
/// <param name="LateMaxMicroseconds">The same.</param>
internal sealed record BackendStats(
    int Pid,
    int? Cpu,
    int Streams,
    long CpuNanoseconds,
    long Requests,
    long Events,
    long Writes,
    double LateP50Microseconds,
    double LateP99Microseconds,
    double LateMaxMicroseconds);

/// <summary>JSON of the bench's processes to one another, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BackendStats))]
[JsonSerializable(typeof(LoadResult))]
internal sealed partial class LoadJson : JsonSerializerContext;
