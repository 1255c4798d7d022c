namespace EdgeProxy.Admin;

/// <summary>What the admin listener's answers to a browser have in common: nobody stores them, nobody guesses their type, no other site embeds them.</summary>
internal static class AdminAnswer
{
    /// <summary>The methods of what can only be read.</summary>
    public static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Sets the head of a 200.</summary>
    public static void Prepare(HttpResponse response, string contentType)
    {
        response.ContentType = contentType;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
