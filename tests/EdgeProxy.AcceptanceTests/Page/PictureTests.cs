using EdgeProxy.AcceptanceTests.Parts;
using Microsoft.Playwright;

namespace EdgeProxy.AcceptanceTests.Page;

/// <summary>The live page in light and dark, on a desk and on a phone; the pictures are for people to look at.</summary>
public sealed class PictureTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData("page-light", ColorScheme.Light, 1280)]
    [InlineData("page-dark", ColorScheme.Dark, 1280)]
    [InlineData("page-tablet", ColorScheme.Light, 820)]
    [InlineData("page-phone", ColorScheme.Light, 360)]
    [InlineData("page-phone-dark", ColorScheme.Dark, 390)]
    public async Task Page_ShowsEveryState_AndFitsTheWindow(string name, ColorScheme scheme, int width)
    {
        await using var scene = await LiveScene.StartAsync();
        await using var window = await chromium.OpenAsync(scheme, width, height: 800);
        var page = window.Page;

        await page.GotoAsync(scene.Proxy.Admin.ToString());
        await Assertions.Expect(page.Locator("#link")).ToHaveTextAsync("Live");
        await page.Locator("#policies details").Nth(1).Locator("summary").ClickAsync();
        await window.PictureAsync(name);

        foreach (var state in (string[])["Queued", "Waiting", "Streaming", "Passing through"])
        {
            await Assertions.Expect(page.Locator("#streams .chip", new() { HasTextString = state }).First).ToBeVisibleAsync();
        }

        Assert.Equal(width, await page.EvaluateAsync<int>("Math.max(document.documentElement.scrollWidth, innerWidth)"));
        Assert.Empty(window.Complaints);
    }
}
