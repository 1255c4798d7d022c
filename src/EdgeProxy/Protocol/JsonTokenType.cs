namespace EdgeProxy.Protocol;

/// <summary>What <see cref="JsonScanner"/> has read.</summary>
internal enum JsonTokenType : byte
{
    /// <summary>Nothing: the last read gave no token.</summary>
    None,

    /// <summary><c>{</c></summary>
    StartObject,

    /// <summary><c>}</c></summary>
    EndObject,

    /// <summary><c>[</c></summary>
    StartArray,

    /// <summary><c>]</c></summary>
    EndArray,

    /// <summary>The name of a member. It is given at its closing quote, before the colon was seen.</summary>
    PropertyName,

    /// <summary>A string value.</summary>
    String,

    /// <summary>A number. It is given when the byte after it is there.</summary>
    Number,

    /// <summary><c>true</c></summary>
    True,

    /// <summary><c>false</c></summary>
    False,

    /// <summary><c>null</c></summary>
    Null,
}
