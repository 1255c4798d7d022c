namespace EdgeProxy.Tests.Admission;

/// <summary>What admission should do, in the plainest words; streams are numbered as they come.</summary>
internal sealed class AdmissionModel
{
    public int Limit { get; set; }

    public int Queue { get; set; }

    public List<int> Running { get; } = [];

    public List<int> Waiting { get; } = [];

    public int? Choose(bool amongWaiting, int number)
    {
        int[] all = amongWaiting ? [.. Waiting] : [.. Running, .. Waiting];
        return all.Length == 0 ? null : all[number % all.Length];
    }

    public bool Ask(int id)
    {
        if (Running.Count >= Limit && Waiting.Count >= Queue)
        {
            return false;
        }

        Waiting.Add(id);
        LetIn();
        return true;
    }

    public void Leave(int id)
    {
        _ = Running.Remove(id) || Waiting.Remove(id);
        LetIn();
    }

    public void LetIn()
    {
        while (Running.Count < Limit && Waiting.Count > 0)
        {
            Running.Add(Waiting[0]);
            Waiting.RemoveAt(0);
        }
    }
}
