using System.Buffers;
using EdgeProxy.Protocol;

namespace EdgeProxy.Detection;

/// <summary>Finds where the values of a field stand in a whole multipart form.</summary>
internal sealed class MultipartFieldFinder : MultipartFieldScanner
{
    private readonly List<ByteRange> _found = new(1);

    private MultipartFieldFinder(string boundary, string fieldName)
        : base(boundary, fieldName)
    {
    }

    /// <summary>All values of the field, in their order; files of that name are none. Empty: there is none.</summary>
    /// <param name="form">The form, cut anywhere.</param>
    /// <param name="boundary">Of the <c>Content-Type</c> header, unquoted: printable ASCII.</param>
    /// <param name="fieldName">The field's name, compared as it is.</param>
    /// <param name="max">How many are looked for.</param>
    /// <returns>Null: it is not a whole form, or has more than <paramref name="max"/> of them.</returns>
    public static IReadOnlyList<ByteRange>? Find(in ReadOnlySequence<byte> form, string boundary, string fieldName, int max)
    {
        var finder = new MultipartFieldFinder(boundary, fieldName);
        foreach (var segment in form)
        {
            finder.Read(segment.Span);
            if (finder._found.Count > max)
            {
                return null;
            }
        }

        return finder.IsClosed ? finder._found : null;
    }

    protected override void OnValueEnd(ByteRange value) => _found.Add(value);
}
