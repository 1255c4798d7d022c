using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using EdgeProxy.Detection;
using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>Writes another model's name into a request body and leaves every other byte as it is.</summary>
internal static class ModelRewriter
{
    /// <summary>More of them than this is no honest request; rewriting them all would only make the body grow.</summary>
    internal const int MaxMembers = 16;

    /// <summary>
    /// Replaces the top-level <c>model</c> of a JSON body, or the form field <c>model</c> of a multipart one (OpenAI's images/edits and
    /// audio/transcriptions). Where there are several, all of them: no parser then reads another name.
    /// </summary>
    /// <param name="body">The whole body, cut anywhere. It is not kept.</param>
    /// <param name="format">What the head says of it.</param>
    /// <param name="model">The new name.</param>
    /// <param name="rewritten">The body with the new name in it.</param>
    /// <returns>
    /// False: the body names no model, is malformed, cut off or not of these kinds, names it more than 16 times, or the name cannot
    /// stand in a form because it has line breaks.
    /// </returns>
    public static bool TryRewrite(
        in ReadOnlySequence<byte> body,
        BodyFormat format,
        string model,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RewrittenBody? rewritten)
    {
        var values = format.Kind switch
        {
            InspectedBody.Json => JsonMember.Find(body, "model"u8, MaxMembers),
            InspectedBody.Multipart when !model.AsSpan().ContainsAny('\r', '\n') => MultipartFieldFinder.Find(body, format.Boundary!, "model", MaxMembers),
            _ => null,
        };
        rewritten = values is null or [] ? null : new RewrittenBody(body.Length, values, ValueOf(model, format.Kind));
        return rewritten is not null;
    }

    /// <summary>Half a surrogate pair becomes U+FFFD.</summary>
    private static byte[] ValueOf(string model, InspectedBody kind) =>
        Encoding.UTF8.GetBytes(kind == InspectedBody.Json ? $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(model)}\"" : model);
}
