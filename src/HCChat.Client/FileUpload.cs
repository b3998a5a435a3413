using System.Security.Cryptography;
using System.Text.Json.Nodes;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// Brings one file into the store: below 16 MB in one piece, else in parts of whole chunks. What has arrived is not sent again, and is checked to be of the same file; a part is encrypted a second time only for the
/// same plaintext.
/// </summary>
internal sealed class FileUpload(
    ObjectServer server,
    string channel,
    ChatOptions options,
    UploadRecord record,
    UploadSource source,
    Action<long, long> told
)
{
    /// <summary>Chunks of a part: 16 MiB of plaintext.</summary>
    public const int PartChunks = 256;

    private const int MaxPartChunks = 1_023; // what 64 MiB hold, the most that one request carries
    private const int MaxParts = 10_000;
    private const int StoredChunk = GcmStream.ChunkSize + GcmStream.Overhead;

    private readonly Persistence _persistence = new(options.Time, options.TransferPatience);

    /// <summary>Another file than the one of which parts have arrived.</summary>
    private sealed class AnotherFileException : Exception;

    /// <summary>Uploads, or goes on.</summary>
    /// <exception cref="FileRefusedException">The server or the store does not take it.</exception>
    /// <exception cref="ConnectFailedException">The network fails for too long.</exception>
    /// <exception cref="IOException">The file cannot be read, or changed meanwhile.</exception>
    public async Task<UploadState> RunAsync(CancellationToken stop)
    {
        if (await record.FitsAsync(source, stop).ConfigureAwait(false))
        {
            try
            {
                return await GoOnAsync(record.Begun!, stop).ConfigureAwait(false);
            }
            catch (FileRefusedException e) when (e.Code is "not_found" or "conflict")
            {
                // The server has cleared it away: anew.
            }
            catch (AnotherFileException)
            {
                // Nothing of it has gone out. Anew, under another key.
            }
        }
        return await (
            source.Size < FileCipher.LargeFrom
                ? PieceAsync(stop)
                : GoOnAsync(await BeginAsync(stop).ConfigureAwait(false), stop)
        ).ConfigureAwait(false);
    }

    private async Task<UploadState> GoOnAsync(UploadState begun, CancellationToken stop)
    {
        if (!record.IsComplete)
        {
            await SendPartsAsync(begun, stop).ConfigureAwait(false);
        }
        await _persistence.TryAsync(() => server.CompleteAsync(begun, stop), stop).ConfigureAwait(false);
        if (!record.IsComplete)
        {
            record.Complete();
        }
        told(begun.Stored, begun.Stored);
        return begun;
    }

    private async Task<UploadState> PieceAsync(CancellationToken stop)
    {
        var plain = new byte[source.Size];
        await source.ReadAsync(0, plain, stop).ConfigureAwait(false);
        var stored = FileCipher.EncryptSmall(plain, out var key, out var encryption);
        using var owned = key;
        CryptographicOperations.ZeroMemory(plain);
        var sha256 = SHA256.HashData(stored);
        var sha256B64 = Convert.ToBase64String(sha256);
        var announced = await AnnounceAsync(
                () =>
                    new JsonObject
                    {
                        ["room"] = channel,
                        ["bytes"] = stored.Length,
                        ["sha256B64"] = sha256B64,
                    },
                stop
            )
            .ConfigureAwait(false);
        var state = await StateAsync(announced, key, encryption.Beside, stored.Length, sha256, stop)
            .ConfigureAwait(false);
        var address = (string?)announced["putUrl"];
        await _persistence
            .TryAsync(
                async () =>
                {
                    var at =
                        address ?? (string?)(await server.PartsAsync(state, 1, stop).ConfigureAwait(false))["putUrl"];
                    address = null; // good for minutes; the next try asks for another
                    if (at is not null)
                    {
                        await PutAsync(at, stored, sha256B64, 0, state.Stored, stop).ConfigureAwait(false);
                    }
                    return true; // without an address it is complete already
                },
                stop
            )
            .ConfigureAwait(false);
        await _persistence.TryAsync(() => server.CompleteAsync(state, stop), stop).ConfigureAwait(false);
        record.Begin(state);
        record.Complete();
        return state;
    }

    private async Task<UploadState> BeginAsync(CancellationToken stop)
    {
        using var key = Secret.Random(32);
        var prefix = RandomNumberGenerator.GetBytes(GcmStream.PrefixSize);
        var stored = FileEncryption.Seekable(prefix).StoredSize(source.Size);
        var announced = await AnnounceAsync(
                () =>
                    new JsonObject
                    {
                        ["room"] = channel,
                        ["bytes"] = stored,
                        ["partBytes"] = ChunksOfPart(source.Size) * (long)StoredChunk,
                    },
                stop
            )
            .ConfigureAwait(false);
        var state = await StateAsync(announced, key, prefix, stored, null, stop).ConfigureAwait(false);
        record.Begin(state);
        return state;
    }

    private Task<JsonObject> AnnounceAsync(Func<JsonObject> what, CancellationToken stop) =>
        _persistence.TryAsync(() => server.PresignAsync(what(), stop), stop);

    private async Task<UploadState> StateAsync(
        JsonObject announced,
        Secret key,
        byte[] beside,
        long stored,
        byte[]? sha256,
        CancellationToken stop
    ) =>
        new(
            source.Size,
            source.Modified,
            await source.HeadAsync(stop).ConfigureAwait(false),
            (string?)announced["attachmentId"] ?? "",
            (string?)announced["objectKey"] ?? "",
            Convert.ToBase64String(key.Reveal()),
            beside,
            stored,
            sha256,
            (string?)announced["claim"]
        );

    /// <summary>How many chunks each part has, so that there are not too many parts.</summary>
    internal static int ChunksOfPart(long size)
    {
        var whole = (long)MaxParts * PartChunks * GcmStream.ChunkSize;
        return (int)Math.Min(MaxPartChunks, PartChunks * ((size + whole - 1) / whole));
    }

    // One after the other: whatever breaks off costs one part and no more, and one part is in memory.
    private async Task SendPartsAsync(UploadState begun, CancellationToken stop)
    {
        var chunks = ChunksOfPart(begun.Size);
        var plain = new byte[Math.Min(begun.Size, (long)chunks * GcmStream.ChunkSize)];
        var stored = new byte[chunks * StoredChunk];
        using var key = begun.OpenKey();
        var parts = (int)(
            (begun.Size + ((long)chunks * GcmStream.ChunkSize) - 1) / ((long)chunks * GcmStream.ChunkSize)
        );
        var addresses = new Dictionary<int, string>();
        var arrived = await MissingAsync(begun, 1, addresses, stop).ConfigureAwait(false);
        for (var part = 1; part <= parts; part++)
        {
            var from = (part - 1) * (long)plain.Length;
            var size = (int)Math.Min(plain.Length, begun.Size - from);
            await source.ReadAsync(from, plain.AsMemory(0, size), stop).ConfigureAwait(false);
            var length = GcmStream.EncryptFrom(
                (part - 1L) * chunks,
                plain.AsSpan(0, size),
                stored,
                key,
                begun.Beside,
                last: part == parts
            );
            Know(part, stored.AsSpan(0, length), arrived.Contains(part));
            var before = (part - 1L) * stored.Length;
            if (!arrived.Contains(part))
            {
                await SendPartAsync(begun, part, stored.AsMemory(0, length), before, addresses, stop)
                    .ConfigureAwait(false);
            }
            told(before + length, begun.Stored);
        }
        source.CheckUnchanged();
    }

    // Two plaintexts under one nonce would give each other away, and what has arrived has to be of the same file as what follows.
    private void Know(int part, ReadOnlySpan<byte> stored, bool hasArrived)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(stored));
        var before = record.HashOf(part);
        if (before is null && !hasArrived)
        {
            record.Add(part, hash);
        }
        else if (before != hash)
        {
            throw new AnotherFileException();
        }
    }

    private Task<bool> SendPartAsync(
        UploadState begun,
        int part,
        ReadOnlyMemory<byte> bytes,
        long before,
        Dictionary<int, string> addresses,
        CancellationToken stop
    ) =>
        _persistence.TryAsync(
            async () =>
            {
                if (!addresses.Remove(part, out var address))
                {
                    addresses.Clear(); // they have run out together
                    if ((await MissingAsync(begun, part, addresses, stop).ConfigureAwait(false)).Contains(part))
                    {
                        return true; // it has arrived, and its answer was lost
                    }
                    addresses.Remove(part, out address);
                }
                await PutAsync(
                        address ?? throw new FileRefusedException(Refusal.NoSuchFile),
                        bytes,
                        null,
                        before,
                        begun.Stored,
                        stop
                    )
                    .ConfigureAwait(false);
                return true;
            },
            stop
        );

    private async Task<HashSet<int>> MissingAsync(
        UploadState begun,
        int from,
        Dictionary<int, string> addresses,
        CancellationToken stop
    )
    {
        var answer = await _persistence
            .TryAsync(() => server.PartsAsync(begun, from, stop), stop)
            .ConfigureAwait(false);
        foreach (var part in answer["parts"]?.AsArray() ?? [])
        {
            addresses[(int)part!["n"]!] = (string)part["putUrl"]!;
        }
        return [.. (answer["arrived"]?.AsArray() ?? []).Select(n => (int)n!)];
    }

    private Task PutAsync(
        string address,
        ReadOnlyMemory<byte> bytes,
        string? sha256,
        long before,
        long total,
        CancellationToken stop
    )
    {
        var gone = before;
        return server.PutAsync(
            address,
            bytes,
            sha256,
            count =>
            {
                _persistence.Progressed();
                gone += count;
                told(gone, total);
            },
            stop
        );
    }
}
