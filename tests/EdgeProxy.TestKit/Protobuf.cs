using System.Buffers.Binary;
using System.Text;

namespace EdgeProxy.TestKit;

/// <summary>One message of protocol buffers' wire format, read without a schema: what is in which field.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Field, object Value)> _fields = [];

    /// <summary>Reads a whole message.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public Protobuf(ReadOnlyMemory<byte> message)
    {
        var rest = message;
        while (!rest.IsEmpty)
        {
            var key = Varint(ref rest);
            object value = (key & 7) switch
            {
                0 => Varint(ref rest),
                1 => BinaryPrimitives.ReadUInt64LittleEndian(Take(ref rest, 8).Span),
                2 => Take(ref rest, (int)Varint(ref rest)),
                5 => (ulong)BinaryPrimitives.ReadUInt32LittleEndian(Take(ref rest, 4).Span),
                var type => throw new InvalidDataException($"Wire type {type}"),
            };
            _fields.Add(((int)(key >> 3), value));
        }
    }

    /// <summary>Whether a field is there.</summary>
    public bool Has(int field) => _fields.Any(entry => entry.Field == field);

    /// <summary>A number; 0 if it is not there.</summary>
    public ulong Number(int field) => _fields.LastOrDefault(entry => entry.Field == field).Value is ulong number ? number : 0;

    /// <summary>A double; 0 if it is not there.</summary>
    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    /// <summary>Bytes; none if it is not there.</summary>
    public ReadOnlyMemory<byte> Bytes(int field) => _fields.LastOrDefault(entry => entry.Field == field).Value is ReadOnlyMemory<byte> bytes ? bytes : default;

    /// <summary>Bytes as hexadecimal digits.</summary>
    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    /// <summary>A text.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    /// <summary>A message within; an empty one if it is not there.</summary>
    public Protobuf Message(int field) => new(Bytes(field));

    /// <summary>All messages of a repeated field.</summary>
    public IEnumerable<Protobuf> Messages(int field) =>
        _fields.Where(entry => entry.Field == field).Select(static entry => new Protobuf((ReadOnlyMemory<byte>)entry.Value));

    /// <summary>The doubles of a packed field.</summary>
    public IReadOnlyList<double> Doubles(int field) => [.. Words(field).Select(BitConverter.UInt64BitsToDouble)];

    /// <summary>The 64-bit numbers of a packed field.</summary>
    public IReadOnlyList<ulong> Words(int field)
    {
        var bytes = Bytes(field);
        return [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[(i * 8)..]))];
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(ref rest, 1).Span[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number without an end");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> rest, int count)
    {
        if (count < 0 || count > rest.Length)
        {
            throw new InvalidDataException("Cut off");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
