namespace EdgeProxy.Protocol;

/// <summary>The line ending that a stream's upstream uses (WHATWG HTML 9.2.5 allows all three).</summary>
internal enum LineEnding
{
    /// <summary>No line has ended yet.</summary>
    Unknown,

    /// <summary><c>\n</c></summary>
    Lf,

    /// <summary><c>\r\n</c></summary>
    CrLf,

    /// <summary><c>\r</c></summary>
    Cr,
}
