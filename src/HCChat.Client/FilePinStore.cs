using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// Pins in a file of the room (mode 0600), which several processes may use at a time: each sees what another has changed, and no change is lost. A change is on the
/// disk when it returns, whole or not at all.
/// </summary>
public sealed class FilePinStore : IPinStore
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);

    private Pins _pins = new();
    private (DateTime, long)? _read; // of the file as it was when it was read
    private bool _unsaved;

    /// <summary>The pins of a room below <paramref name="folder"/>, which is made when it is needed.</summary>
    public FilePinStore(string folder, StoredRoom room)
    {
        ArgumentNullException.ThrowIfNull(room);
        Path = System.IO.Path.Combine(folder, room.FileName + ".json");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public Pins Read()
    {
        if (!_unsaved && Stamp() != _read)
        {
            (_read, _pins) = Load();
        }
        return _pins;
    }

    /// <inheritdoc/>
    public void Change(Action<Pins> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        PrivateFile.MakeFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        using var only = Lock();
        if (_unsaved)
        {
            var mine = _pins.All;
            _pins = Load().Pins;
            foreach (var pin in mine)
            {
                _pins.See(pin.Nick, pin.Key);
            }
        }
        change(_unsaved ? _pins : Read());
        _unsaved = true;
        PrivateFile.Write(Path, _pins.ToJson(), replace: true);
        (_read, _unsaved) = (Stamp(), false);
    }

    private ((DateTime, long)? Stamp, Pins Pins) Load()
    {
        var stamp = Stamp(); // first: whatever comes after it is read once more
        return (stamp, stamp is null ? new Pins() : Pins.Parse(File.ReadAllBytes(Path)));
    }

    private (DateTime, long)? Stamp() =>
        new FileInfo(Path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;

    private FileStream Lock()
    {
        FileStream? held = null;
        IOException? why = null;
        SpinWait.SpinUntil(() => (held = TryLock(out why)) is not null, LockPatience);
        return held ?? throw why!;
    }

    private FileStream? TryLock(out IOException? why)
    {
        try
        {
            why = null;
            return PrivateFile.Open(Path + ".lock", FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException e)
        {
            why = e; // another process changes them now
            return null;
        }
    }
}
