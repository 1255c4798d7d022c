namespace EdgeProxy.Detection;

/// <summary>Reads the value of a part's <c>Content-Disposition</c> header without allocating: a form may have many parts.</summary>
internal static class PartDispositionParser
{
    /// <summary>
    /// Whether <paramref name="value"/>, the text after the header's colon, names the form field <paramref name="field"/>. A part with a
    /// file name, even an empty one, is a file (HTML, multipart/form-data encoding). Field names are compared as they are;
    /// backslashes in them are no escapes (browsers write <c>%22</c> for a quote, RFC 7578 2).
    /// </summary>
    public static PartDisposition Parse(ReadOnlySpan<byte> value, ReadOnlySpan<byte> field)
    {
        var isFormData = System.Text.Ascii.EqualsIgnoreCase(TakeUntilSemicolon(ref value), "form-data"u8);
        bool named = false, isField = false, isFile = false;

        while (!(value = value.Trim(" \t"u8)).IsEmpty)
        {
            if (value[0] == ';')
            {
                value = value[1..];
                continue;
            }

            var equals = value.IndexOf((byte)'=');
            if (equals < 0 || value[..equals].Contains((byte)';'))
            {
                return PartDisposition.Malformed;
            }

            var name = value[..equals].TrimEnd(" \t"u8);
            value = value[(equals + 1)..].TrimStart(" \t"u8);
            if (!TryTakeValue(ref value, out var text))
            {
                return PartDisposition.Malformed;
            }

            if (System.Text.Ascii.EqualsIgnoreCase(name, "name"u8))
            {
                if (named)
                {
                    return PartDisposition.Malformed;
                }

                named = true;
                isField = text.SequenceEqual(field);
            }
            else if (System.Text.Ascii.EqualsIgnoreCase(name, "filename"u8) || System.Text.Ascii.EqualsIgnoreCase(name, "filename*"u8))
            {
                isFile = true;
            }
        }

        return isFormData && isField && !isFile ? PartDisposition.NamedField : PartDisposition.Other;
    }

    private static bool TryTakeValue(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        if (rest.IsEmpty || rest[0] != '"')
        {
            text = TakeUntilSemicolon(ref rest);
            return true;
        }

        // A backslash only keeps the next byte from ending the string: file names may hold quotes and semicolons.
        var end = 1;
        while (end < rest.Length && rest[end] != '"')
        {
            end += rest[end] == '\\' ? 2 : 1;
        }

        if (end >= rest.Length)
        {
            text = default;
            return false;
        }

        text = rest[1..end];
        rest = rest[(end + 1)..].TrimStart(" \t"u8);
        return rest.IsEmpty || rest[0] == ';';
    }

    private static ReadOnlySpan<byte> TakeUntilSemicolon(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)';');
        var taken = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..];
        return taken.Trim(" \t"u8);
    }
}
