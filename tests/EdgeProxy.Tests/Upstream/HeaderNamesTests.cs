using System.Text;
using EdgeProxy.Upstream;

namespace EdgeProxy.Tests.Upstream;

public sealed class HeaderNamesTests
{
    [Theory]
    [InlineData("Content-Type")]
    [InlineData("content-type")]
    [InlineData("x")]
    [InlineData("!#$%&'*+-.^_`|~09azAZ")]
    public void Token_IsItsOwnNameInItsOwnCase(string name)
    {
        Assert.Equal(name, HeaderNames.Find(Encoding.Latin1.GetBytes(name)));
        Assert.Equal(name, HeaderNames.Find(Encoding.Latin1.GetBytes(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a:")]
    [InlineData("a\0")]
    [InlineData("a\r")]
    [InlineData("\u00e9")]
    [InlineData("a\u007f")]
    [InlineData("(a)")]
    public void OtherBytes_AreNoName(string name)
    {
        Assert.Null(HeaderNames.Find(Encoding.Latin1.GetBytes(name)));
    }

    [Fact]
    public void SameName_IsTheSameString()
    {
        Assert.Same(HeaderNames.Find("X-Kept-By-HeaderNamesTests"u8), HeaderNames.Find("X-Kept-By-HeaderNamesTests"u8));
        var name = Encoding.ASCII.GetBytes(new string('n', 10_000));
        Assert.NotSame(HeaderNames.Find(name), HeaderNames.Find(name));
    }

    [Fact]
    public void ManyNames_FromManyThreads_AreNeverMixedUp()
    {
        Parallel.For(0, 200_000, static i =>
        {
            var name = $"x-{i % 997}-{i % 13}";
            Assert.Equal(name, HeaderNames.Find(Encoding.ASCII.GetBytes(name)));
        });
    }
}
