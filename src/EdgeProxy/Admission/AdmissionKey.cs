using EdgeProxy.Configuration;

namespace EdgeProxy.Admission;

/// <summary>Who shares places: all routes with the same policy and the same cluster. Neither name depends on its spelling's case, as in YARP.</summary>
/// <param name="Policy">The stream policy's name.</param>
/// <param name="Cluster">The cluster's id; null for a route that names none.</param>
internal readonly record struct AdmissionKey(string Policy, string? Cluster)
{
    /// <summary>The key of a route's policy.</summary>
    public static AdmissionKey Of(StreamPolicy policy) => new(policy.Name, policy.ClusterId);

    /// <inheritdoc/>
    public bool Equals(AdmissionKey other) =>
        string.Equals(Policy, other.Policy, StringComparison.OrdinalIgnoreCase) && string.Equals(Cluster, other.Cluster, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(Policy), Cluster is null ? 0 : StringComparer.OrdinalIgnoreCase.GetHashCode(Cluster));
}
