using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Admin.Live;

/// <summary>
/// <c>GET /</c>: the live page. One file without anything from outside; its policy lets the browser run this script and use this style, by
/// their hashes, talk to this listener, and nothing else. Trusted Types forbid the script to make markup of text at all.
/// </summary>
internal sealed class LivePage : IAdminEndpoints
{
    private readonly byte[] _page;

    /// <summary>Reads the page out of the assembly.</summary>
    public LivePage()
    {
        using var stream = typeof(LivePage).Assembly.GetManifestResourceStream("EdgeProxy.Admin.Live.page.html")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // The hash is of what the browser reads, and that has no CR.
        var text = reader.ReadToEnd().ReplaceLineEndings("\n");
        _page = Encoding.UTF8.GetBytes(text);
        Policy = $"default-src 'none'; script-src {Hash(text, "script")}; style-src {Hash(text, "style")}; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    }

    /// <summary>The page's Content-Security-Policy.</summary>
    public string Policy { get; }

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder admin) => admin.MapMethods("/", AdminAnswer.ReadMethods, async context =>
    {
        AdminAnswer.Prepare(context.Response, "text/html; charset=utf-8");
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        context.Response.ContentLength = _page.Length;
        await context.Response.Body.WriteAsync(_page, context.RequestAborted);
    });

    private static string Hash(string page, string element)
    {
        var from = page.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var to = page.IndexOf($"</{element}>", from, StringComparison.Ordinal);
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page[from..to])))}'";
    }
}
