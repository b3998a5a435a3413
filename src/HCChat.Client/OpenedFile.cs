namespace HCChat.Client;

/// <summary>A file's plaintext as it comes; closing it ends what brings it.</summary>
internal sealed class OpenedFile(Stream plain, CancellationTokenSource stopping, Task working) : ArrivingStream
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        plain.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => plain.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await plain.DisposeAsync().ConfigureAwait(false);
        await working.ConfigureAwait(false);
        stopping.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !working.IsCompleted)
        {
            stopping.Cancel();
        }
        plain.Dispose();
        base.Dispose(disposing);
    }
}
