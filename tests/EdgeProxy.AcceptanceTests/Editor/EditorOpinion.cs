namespace EdgeProxy.AcceptanceTests.Editor;

/// <summary>What was found wrong in one document, one line each.</summary>
/// <param name="Editor">By VS Code's JSON language service.</param>
/// <param name="Ajv">By Ajv.</param>
internal sealed record Judged(string[] Editor, string[] Ajv);

/// <summary>What an editor offers at one place.</summary>
internal sealed record Helped(string[] Completions, string Hover);

/// <summary>All that was asked, in the order of asking.</summary>
internal sealed record EditorOpinion(Judged[] Judged, Helped[] Helped);
