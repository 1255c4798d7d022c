namespace EdgeProxy.Attempts;

/// <summary>How an attempt broke, in our own words rather than YARP's.</summary>
internal enum UpstreamFault
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>No destination could be asked.</summary>
    NoDestination,

    /// <summary>The destination could not be reached, or broke off before its response head.</summary>
    BeforeHead,

    /// <summary>The response body broke off.</summary>
    InBody,

    /// <summary>The request body could not be read from the client.</summary>
    ClientBody,

    /// <summary>A fault of our own.</summary>
    Internal,
}
