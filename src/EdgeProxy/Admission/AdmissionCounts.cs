namespace EdgeProxy.Admission;

/// <summary>How full a line is.</summary>
/// <param name="Running">Streams that have a place.</param>
/// <param name="Waiting">Streams that wait for one.</param>
internal readonly record struct AdmissionCounts(int Running, int Waiting);
