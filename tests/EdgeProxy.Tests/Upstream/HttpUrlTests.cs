using EdgeProxy.Upstream;

namespace EdgeProxy.Tests.Upstream;

public sealed class HttpUrlTests
{
    public static TheoryData<string> Urls =>
    [
        "http://h", "http://h/", "http://h/v1/chat/completions", "http://h:8080/v1?x=1&y=a/b?c", "http://h?q", "http://h/#f", "http://h/a#f?q", "http://h/a?q#f",
        "HTTP://H/A", "http://H:80/a", "http://u:p@h/a", "http://u@h:1/a", "http://[::1]/a", "http://[::1]:81/a", "http://127.1/a", "http://h./a",
        "http://h/.", "http://h/..", "http://h/a/../b", "http://h/a/./b", "http://h/.well-known/x", "http://h/a?x=/../b", "http://h/a..b", "http://h/a.",
        "http://h/%41%2e%2F", "http://h/a%2e%2e/b", "http://h/a%zz", "http://h//a//", "http://h/a\\b", "http://h/a b", "http://h/caf\u00e9?\u00e9",
        "http://h/a;b=c,d:e@f!$&'()*+~_-", "http://h/a\"<>^`{|}", "http://h/?", "http://h/a??", "http://h/a[1]?b[2]", "https://h/a", "http://h/\t", "http://b\u00fccher/a",
    ];

    [Theory]
    [MemberData(nameof(Urls))]
    public void PathAndQuery_IsTheFrameworks(string url) => Assert.Equal(new Uri(url).PathAndQuery, HttpUrl.PathAndQuery(new Uri(url)));

    [Fact]
    public void PathAndQuery_OfAnything_IsTheFrameworks()
    {
        const string Alphabet = "aZ0/./..//?#&=%2e%2F%41:@;,+!$'()*~_-\\ \"<>[]{}|^`\u00e9\t";
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            var url = "http://host:81/" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            Assert.Equal(new Uri(url).PathAndQuery, HttpUrl.PathAndQuery(new Uri(url)));
        }
    }

    [Theory]
    [InlineData("http://h/a", "h")]
    [InlineData("http://H:80/a", "H:80")]
    [InlineData("http://u:p@h:81/a", "u:p@h:81")]
    [InlineData("http://[::1]:81/a", "[::1]:81")]
    [InlineData("http://127.1:80/a", "127.1:80")]
    [InlineData("HTTP://H:81/a", "h:81")]
    [InlineData("http://h:81", "h:81")]
    [InlineData("http://h?q", "h")]
    public void Authority_IsAsWrittenWhereThatIsPlain(string url, string expected) => Assert.Equal(expected, HttpUrl.Authority(new Uri(url)));

    [Theory]
    [InlineData("http://h/a", "h")]
    [InlineData("http://H:80/a", "h")]
    [InlineData("http://h:81/a", "h:81")]
    [InlineData("http://u:p@h:81/a", "h:81")]
    [InlineData("http://[::1]/a", "[::1]")]
    [InlineData("http://[::1]:81/a", "[::1]:81")]
    [InlineData("http://b\u00fccher:81/a", "xn--bcher-kva:81")]
    public void HostHeader_IsCanonical(string url, string expected) => Assert.Equal(expected, HttpUrl.HostHeader(new Uri(url)));
}
