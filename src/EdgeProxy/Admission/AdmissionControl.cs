using EdgeProxy.Configuration;

namespace EdgeProxy.Admission;

/// <summary>
/// Who may start and who waits: <c>Admission</c> of a stream policy. There is one line of streams for each policy and cluster, and only while somebody stands in
/// it. One lock guards them all: what is done under it is a few pointers, and a stream is let in and out once in its life.
/// </summary>
internal sealed class AdmissionControl(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<AdmissionKey, AdmissionLine> _lines = [];
    private Dictionary<AdmissionKey, AdmissionOptions> _current = [];

    /// <summary>How many lines there are.</summary>
    public int LineCount
    {
        get
        {
            lock (_lock)
            {
                return _lines.Count;
            }
        }
    }

    /// <summary>
    /// Asks for a place, without waiting: granted, refused or queued is known at once. Where the policy sets no
    /// <see cref="AdmissionOptions.MaxConcurrentStreams"/> this costs nothing, and the stream is not counted, should a limit be set while it runs.
    /// </summary>
    public AdmissionTicket Request(StreamPolicy policy)
    {
        if (policy.Admission.MaxConcurrentStreams is null)
        {
            return AdmissionTicket.Unlimited;
        }

        var key = AdmissionKey.Of(policy);
        lock (_lock)
        {
            if (!_lines.TryGetValue(key, out var line))
            {
                // A request may have begun under limits that were changed since.
                line = new AdmissionLine(key, _current.GetValueOrDefault(key, policy.Admission));
                _lines.Add(key, line);
            }

            var ticket = new AdmissionTicket(this, line, policy.Admission.QueueTimeout, timeProvider);
            return line.TryEnter(ticket) ? ticket : AdmissionTicket.Refused;
        }
    }

    /// <summary>Takes over the limits of all policies that are in use now, for streams to come and for those that wait: see <see cref="AdmissionLine"/>.</summary>
    public void Apply(IEnumerable<StreamPolicy> policies)
    {
        var current = new Dictionary<AdmissionKey, AdmissionOptions>();
        foreach (var policy in policies)
        {
            current[AdmissionKey.Of(policy)] = policy.Admission;
        }

        lock (_lock)
        {
            _current = current;
            foreach (var line in _lines.Values)
            {
                if (current.TryGetValue(line.Key, out var options))
                {
                    line.Resize(options);
                }
            }
        }
    }

    /// <summary>How many streams of a policy run and wait at its cluster; those that no limit was set for are not counted.</summary>
    public AdmissionCounts CountsOf(StreamPolicy policy)
    {
        lock (_lock)
        {
            return _lines.TryGetValue(AdmissionKey.Of(policy), out var line) ? line.Counts : default;
        }
    }

    /// <summary>Takes a ticket out of its line, if it is still in it.</summary>
    internal void Leave(AdmissionTicket ticket)
    {
        lock (_lock)
        {
            LeaveLine(ticket);
        }
    }

    /// <summary>Takes a ticket out of the queue; false if its turn had come.</summary>
    internal bool Withdraw(AdmissionTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.IsInLine && !ticket.IsPending)
            {
                return false;
            }

            LeaveLine(ticket);
            return true;
        }
    }

    private void LeaveLine(AdmissionTicket ticket)
    {
        if (!ticket.IsInLine)
        {
            return;
        }

        var line = ticket.Line!;
        line.Leave(ticket);
        if (line.IsEmpty)
        {
            _lines.Remove(line.Key);
            line.Dispose();
        }
    }
}
