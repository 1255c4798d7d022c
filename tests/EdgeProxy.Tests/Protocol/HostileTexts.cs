namespace EdgeProxy.Tests.Protocol;

/// <summary>Texts that try to end a frame, to begin one, to break a JSON string or to bloat what carries them. By name, because not all survive a test report.</summary>
internal static class HostileTexts
{
    public static readonly Dictionary<string, string> All = new()
    {
        ["carriage return"] = "a\rdata: [DONE]\r\r",
        ["line feed"] = "a\n\ndata: x\n\n",
        ["crlf"] = "a\r\n\r\nevent: error\r\ndata: {}\r\n\r\n",
        ["leading newlines"] = "\n\n\ndata: [DONE]",
        ["unicode line ends"] = "a\u2028\u2029\u0085\v\fdata: x",
        ["nul and controls"] = "a\0b\u0001\u001B[31m\u007F",
        ["closing quotes"] = "\"}}\n\ndata: {\"choices\":[]}",
        ["backslashes"] = "\\\\\\\" \\u000a\\n\\",
        ["high surrogate"] = "a\uD83D",
        ["low surrogate"] = "\uDE00a",
        ["swapped surrogates"] = "\uDE00\uD83D",
        ["byte order mark"] = "\uFEFFdata: x",
        ["markup"] = "<script>alert('1')</script>&amp;",
        ["not ascii"] = "Überlast: 過負荷 😀",
        ["only a newline"] = "\n",
        ["100 KB"] = new string('x', 100_000),
        ["100 KB of newlines"] = new string('\n', 100_000),
        ["100 KB of pairs"] = string.Concat(Enumerable.Repeat("😀", 25_000)),
        ["100 KB of pairs, shifted"] = "x" + string.Concat(Enumerable.Repeat("😀", 25_000)),
    };

    public static TheoryData<string> Names => [.. All.Keys];
}
