using EdgeProxy.TestKit;
using Microsoft.Playwright;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>Debian's Chromium, driven by Playwright; one browser for all tests of a class, a window of its own for each.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where screenshots go, for people to look at.</summary>
    public static string Screenshots { get; } = Path.Combine(Repository.Root, "artifacts", "screenshots");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Opens a window; the test ends here if there is no Chromium.</summary>
    public async Task<BrowserWindow> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900)
    {
        var program = RealPart.Program("chromium");
        _playwright ??= await Playwright.CreateAsync();
        _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            ChromiumSandbox = Environment.UserName != "root",
            Args = ["--disable-gpu", "--disable-dev-shm-usage"],
        });
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout((float)Patience.Limit.TotalMilliseconds);
        return await BrowserWindow.OpenAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>One window, and everything in it that a well-made page never causes.</summary>
public sealed class BrowserWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private BrowserWindow(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Script errors, violations of the page's policy, dialogs and requests to anywhere else, so far.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    internal static async Task<BrowserWindow> OpenAsync(IBrowserContext context)
    {
        var window = new BrowserWindow(context, await context.NewPageAsync());
        await context.ExposeFunctionAsync("complain", (string what) => window.Complain(what));
        await context.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => complain(`policy: ${e.effectiveDirective} ${e.blockedURI} ${e.sample}`))");
        window.Page.PageError += (_, error) => window.Complain($"script: {error}");
        window.Page.Dialog += (_, dialog) =>
        {
            window.Complain($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        window.Page.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: not "data" } asked && asked.Authority != new Uri(window.Page.Url == "about:blank" ? request.Url : window.Page.Url).Authority)
            {
                window.Complain($"request: {request.Url}");
            }
        };
        return window;
    }

    /// <summary>Takes a picture of the whole page.</summary>
    public async Task<string> PictureAsync(string name)
    {
        var path = Path.Combine(Chromium.Screenshots, name + ".png");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        return path;
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Complain(string what)
    {
        lock (_complaints)
        {
            _complaints.Add(what);
        }
    }
}
