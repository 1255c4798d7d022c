namespace EdgeProxy.Detection;

/// <summary>What the <c>Content-Disposition</c> of one part of a form says (RFC 7578 4.2).</summary>
internal enum PartDisposition
{
    /// <summary>The part is a file, or another field.</summary>
    Other,

    /// <summary>The part is a field of the name that is looked for.</summary>
    NamedField,

    /// <summary>It cannot be read, or names the part twice.</summary>
    Malformed,
}
