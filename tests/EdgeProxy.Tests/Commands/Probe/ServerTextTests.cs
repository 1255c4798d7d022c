using System.Text;
using EdgeProxy.Commands.Probe;
using EdgeProxy.Tests.Protocol;

namespace EdgeProxy.Tests.Commands.Probe;

public sealed class ServerTextTests
{
    public static TheoryData<string> HostileNames => HostileTexts.Names;

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void Show_LeavesNothingThatATerminalActsUpon(string name)
    {
        var shown = new ServerText([]).Show(HostileTexts.All[name], 100);

        Assert.DoesNotContain(shown, static letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\uFEFF' || letter is >= '\u202A' and <= '\u202E');
        Assert.Equal(shown, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shown)));
        Assert.InRange(shown.Length, 1, 1000);
    }

    [Theory]
    [InlineData("Überlast: 過負荷 😀", "Überlast: 過負荷 😀")]
    [InlineData("a\r\n\tb", "a\\r\\n\\tb")]
    [InlineData("\u001b[31mred\u009b0m", "\\u{1B}[31mred\\u{9B}0m")]
    [InlineData("abc\u202Etxt.exe\u200B", "abc\\u{202E}txt.exe\\u{200B}")]
    public void Escape_WritesOutWhatCannotBeSeen(string text, string escaped) => Assert.Equal(escaped, ServerText.Escape(text));

    [Theory]
    [InlineData("Bearer sk-0123456789 and sk-0123456789", "[hidden] and [hidden]")]
    [InlineData("sk-0123", "sk-0123")]
    [InlineData("short is shown", "short is shown")]
    public void Show_HidesSecrets(string text, string shown) =>
        Assert.Equal(shown, new ServerText(["sk-0123456789", "Bearer sk-0123456789", "short"]).Show(text, 100));

    [Fact]
    public void Show_HidesASecretThatTheLimitWouldCut() => Assert.Equal("key [hidd…", new ServerText(["sk-0123456789"]).Show("key sk-0123456789", 9));
}
