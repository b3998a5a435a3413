namespace HCChat.Server.Database;

/// <summary>Something that shall be on the disk. The <see cref="Writer"/> carries it out together with others.</summary>
internal abstract class Write
{
    /// <summary>About how many bytes it holds while it waits.</summary>
    public virtual int Size => 256;

    /// <summary>Does the work within the batch's transaction. What it leaves in memory counts only once <see cref="Finish"/> says so.</summary>
    public abstract void Apply(Batch batch);

    /// <summary>Called once, in the order of queueing, when the work is on the disk, or is known not to be acknowledgeable.</summary>
    /// <param name="failure">Null when it is on the disk.</param>
    public abstract void Finish(Failure? failure);
}

/// <summary>One statement that nobody waits for.</summary>
internal sealed class Statement(string sql, params object?[] values) : Write
{
    public override void Apply(Batch batch) => batch.Changing.Execute(sql, values);

    public override void Finish(Failure? failure) { }
}

/// <summary>Work that somebody waits for. It may be done twice, if the batch that it was in had to be taken apart.</summary>
internal sealed class Work(Action<Batch> work) : Write
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it is on the disk, and fails with a <see cref="TimeoutException"/> when it is not.</summary>
    public Task Done => _done.Task;

    public override void Apply(Batch batch) => work(batch);

    public override void Finish(Failure? failure)
    {
        if (failure is null)
        {
            _done.SetResult();
        }
        else
        {
            _done.SetException(new TimeoutException("the database does not answer"));
        }
    }
}

/// <summary>Writes that are committed together.</summary>
/// <param name="statements">On the writer's connection.</param>
/// <param name="begin">Begins the transaction.</param>
/// <param name="patient">Told when work begins and ends that may take long.</param>
internal sealed class Batch(Statements statements, Action begin, Action<bool> patient)
{
    private readonly Dictionary<object, object> _notes = [];

    /// <summary>Statements that change something; the first one begins the transaction.</summary>
    public Statements Changing
    {
        get
        {
            if (!Changed)
            {
                begin();
                Changed = true;
            }
            return statements;
        }
    }

    /// <summary>Statements that only look something up.</summary>
    public Statements Reading => statements;

    /// <summary>Whether there is anything to commit.</summary>
    public bool Changed { get; private set; }

    /// <summary>Whether something was removed that shall not be found on the disk any more.</summary>
    public bool Forgets { get; set; }

    /// <summary>Does work that takes long where a room is large. Whatever else wants to be written waits meanwhile, and is not given up for that.</summary>
    public void Patiently(Action<Statements> work)
    {
        patient(true);
        statements.IsPatient = true;
        try
        {
            work(Changing);
        }
        finally
        {
            statements.IsPatient = false;
            patient(false);
        }
    }

    /// <summary>What the writes of this batch have to tell each other about <paramref name="subject"/>.</summary>
    public T Note<T>(object subject, Func<T> make)
        where T : class
    {
        if (!_notes.TryGetValue(subject, out var note))
        {
            note = make();
            _notes.Add(subject, note);
        }
        return (T)note;
    }
}
