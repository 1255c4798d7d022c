namespace EdgeProxy.Attempts;

/// <summary>Why an attempt was ended from outside, other than with its client's stream.</summary>
internal enum AttemptEnd
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It gave no event within <c>AttemptTimeout</c>.</summary>
    Silent,

    /// <summary>Another attempt of the same request was faster.</summary>
    Lost,
}
