using EdgeProxy.Detection;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Detection;

/// <summary>Runs flag scanners over bodies in pieces.</summary>
internal static class FlagScan
{
    /// <summary>The flag of a body that arrives in pieces of the given lengths and then the rest; it must never change again.</summary>
    public static BodyFlag Run(IBodyFlagScanner scanner, ReadOnlySpan<byte> body, params ReadOnlySpan<int> pieces)
    {
        var flag = BodyFlag.Undecided;
        foreach (var piece in pieces)
        {
            Next(body[..piece]);
            body = body[piece..];
        }

        Next(body);
        var final = scanner.Complete();
        Assert.NotEqual(BodyFlag.Undecided, final);
        Assert.True(flag == BodyFlag.Undecided || flag == final);
        Assert.Equal(final, scanner.Complete());
        Assert.Equal(final, scanner.Scan("}"u8));
        return final;

        void Next(ReadOnlySpan<byte> bytes)
        {
            var next = scanner.Scan(bytes);
            Assert.True(flag == BodyFlag.Undecided || flag == next);
            flag = next;
        }
    }

    /// <summary>The same, cut in two at every byte, byte by byte, and whole: all must agree.</summary>
    public static BodyFlag RunInAllPieces(Func<IBodyFlagScanner> create, byte[] body)
    {
        var flag = Run(create(), body);
        for (var cut = 0; cut <= body.Length; cut++)
        {
            Assert.Equal(flag, Run(create(), body, cut));
        }

        Assert.Equal(flag, Run(create(), body, [.. Enumerable.Repeat(1, body.Length)]));
        return flag;
    }

    /// <summary>Checks a property of generated bodies, which are Latin-1 text here so that a failure can be read.</summary>
    public static void Check(Gen<string> bodies, int cases, Action<byte[]> holds) =>
        Prop.ForAll(bodies.ToArbitrary(), body => holds(System.Text.Encoding.Latin1.GetBytes(body)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));
}
