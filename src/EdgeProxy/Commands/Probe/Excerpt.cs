using System.Text;

namespace EdgeProxy.Commands.Probe;

/// <summary>The first bytes of something that may be of any size.</summary>
/// <param name="limit">How many are kept.</param>
internal sealed class Excerpt(int limit)
{
    private readonly List<byte> _bytes = [];

    /// <summary>What was kept, as UTF-8; what is none is U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>What was kept.</summary>
    public ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

    public void Append(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes[..Math.Min(bytes.Length, limit - _bytes.Count)]);

    public void Clear() => _bytes.Clear();
}
