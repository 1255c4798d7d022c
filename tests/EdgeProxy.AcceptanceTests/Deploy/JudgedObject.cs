using System.Text.Json.Nodes;

namespace EdgeProxy.AcceptanceTests.Deploy;

/// <summary>One object of a manifest.</summary>
/// <param name="Value">The object.</param>
/// <param name="Problems">What Kubernetes' schema has against it.</param>
internal sealed record JudgedObject(JsonObject Value, string[] Problems)
{
    public string Kind => (string?)Value["kind"] ?? "";

    public override string ToString() => $"{Kind} {Value["metadata"]?["name"]}: {string.Join("; ", Problems)}";
}
