using System.Globalization;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>One line on a terminal that says how far a file is, how fast it goes and how long it will take. Where nobody looks, nothing is written.</summary>
internal sealed class ProgressLine(Terminal terminal) : IProgress<TransferProgress>, IDisposable
{
    private const string Erase = "\r\x1b[K";

    // The terminal cuts at its margin: only it knows how wide what it draws is, and what goes on below is not erased.
    private const string Cut = "\x1b[?7l";
    private const string Wrap = "\x1b[?7h";
    private const int BarWidth = 20;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private string? _name;
    private long _began;
    private long _beganAt;
    private long _shown;
    private bool _isDirty;

    /// <inheritdoc/>
    public void Report(TransferProgress value)
    {
        if (!terminal.ShowsProgress)
        {
            return;
        }
        lock (_gate)
        {
            if (_name != value.Name)
            {
                (_name, _began, _beganAt, _shown) = (value.Name, _time.GetTimestamp(), value.Done, 0);
            }
            if (_isDirty && value.Done != value.Total && _time.GetElapsedTime(_shown) < s_pause)
            {
                return;
            }
            _shown = _time.GetTimestamp();
            _isDirty = true;
            terminal.Error.Write(Erase + Cut + EventText.Harmless(Line(value)) + Wrap);
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDirty)
            {
                terminal.Error.Write(Erase);
            }
        }
    }

    private string Line(TransferProgress value)
    {
        var seconds = _time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? (value.Done - _beganAt) / seconds : 0;
        var speed = rate > 0 ? $" {FileSize.Of(rate)}/s" : "";
        if (value.Total is not { } total || total == 0)
        {
            return $"📎 {value.Name} {FileSize.Of(value.Done)}{speed}";
        }
        var full = (int)(BarWidth * value.Done / total);
        var bar = new string('█', full) + new string('░', BarWidth - full);
        var left = rate > 0 ? Left(TimeSpan.FromSeconds(Math.Min((total - value.Done) / rate, 359_999))) : "";
        var percent = (100 * value.Done / total).ToString(CultureInfo.InvariantCulture);
        return $"📎 {value.Name} {bar} {percent} % / {FileSize.Of(total)}{speed}{left}";
    }

    private static string Left(TimeSpan left)
    {
        var clock = left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
        return Say($", {clock} left", $"，剩余 {clock}");
    }
}
