namespace EdgeProxy.Protocol;

/// <summary>Where something stands in a body, in bytes.</summary>
internal readonly record struct ByteRange(long Start, long Length);
