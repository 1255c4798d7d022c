namespace EdgeProxy.Detection;

/// <summary>The kinds of request body that can carry a stream flag.</summary>
internal enum InspectedBody
{
    /// <summary>None: the head alone decides.</summary>
    None,

    /// <summary>JSON: a top-level <c>"stream"</c> or <c>"stream_format"</c>.</summary>
    Json,

    /// <summary>A multipart form: a field <c>stream</c>.</summary>
    Multipart,
}
