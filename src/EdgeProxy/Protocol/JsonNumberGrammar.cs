namespace EdgeProxy.Protocol;

/// <summary>How far a JSON number has come (RFC 8259, section 6), a byte at a time.</summary>
internal struct JsonNumberGrammar
{
    private Part _part;

    private enum Part : byte
    {
        None,
        Minus,
        Point,
        ExponentMark,
        ExponentSign,
        Zero,
        Integer,
        Fraction,
        Exponent,
    }

    /// <summary>Whether the bytes so far are a whole number.</summary>
    public readonly bool MayEnd => _part >= Part.Zero;

    /// <param name="first"><c>-</c> or a digit.</param>
    public static JsonNumberGrammar Begin(byte first) => new()
    {
        _part = first switch
        {
            (byte)'-' => Part.Minus,
            (byte)'0' => Part.Zero,
            _ => Part.Integer,
        },
    };

    /// <summary>Takes <paramref name="next"/> if the number may go on with it.</summary>
    public bool TryContinue(byte next)
    {
        var isDigit = next is >= (byte)'0' and <= (byte)'9';
        var part = _part switch
        {
            Part.Minus when next == (byte)'0' => Part.Zero,
            Part.Minus or Part.Integer when isDigit => Part.Integer,
            Part.Zero or Part.Integer when next == (byte)'.' => Part.Point,
            Part.Point or Part.Fraction when isDigit => Part.Fraction,
            Part.Zero or Part.Integer or Part.Fraction when (next | 0x20) == 'e' => Part.ExponentMark,
            Part.ExponentMark when next is (byte)'+' or (byte)'-' => Part.ExponentSign,
            Part.ExponentMark or Part.ExponentSign or Part.Exponent when isDigit => Part.Exponent,
            _ => Part.None,
        };
        if (part == Part.None)
        {
            return false;
        }

        _part = part;
        return true;
    }
}
