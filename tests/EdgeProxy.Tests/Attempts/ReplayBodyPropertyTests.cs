using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Readers that come, read, are cancelled and leave in any order, one after another and at once, around any limit.</summary>
public sealed class ReplayBodyPropertyTests
{
    private static Gen<(int What, int Which, int Amount)> Step =>
        from what in Gen.Frequency(
            (3, Gen.Constant(0)), (8, Gen.Constant(1)), (3, Gen.Constant(2)), (3, Gen.Constant(3)), (6, Gen.Choose(4, 6)), (3, Gen.Choose(7, 9)), (1, Gen.Choose(10, 12)))
        from which in Gen.Choose(0, 11)
        from amount in Gen.OneOf(Gen.Elements(1, 100, 4095, 4096, 4097, 65_536), Gen.Choose(1, 70_000))
        select (what, which, amount);

    [Fact]
    public void AnySteps_InAnyOrder_EveryReaderGetsTheBodyOrIsTold()
    {
        var cases = from limit in Gen.OneOf(Gen.Elements(0, 1, 4096, 8192, 65_536), Gen.Choose(0, 200_000))
                    from steps in Step.ListOf()
                    select (Limit: limit, Steps: steps.ToArray());
        Prop.ForAll(cases.ToArbitrary(), sample => Task.Run(() => RunAsync(sample.Limit, sample.Steps)).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static async Task RunAsync(int limit, (int What, int Which, int Amount)[] steps)
    {
        await using var model = new ReplayBodyModel(limit);
        foreach (var (what, which, amount) in steps)
        {
            await model.DoAsync(what, which, amount);
        }
    }
}
