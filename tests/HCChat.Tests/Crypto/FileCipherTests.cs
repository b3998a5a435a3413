using System.Security.Cryptography;
using CsCheck;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

/// <summary>Objects of every scheme under hands that mean no good (spec/crypto.md §7).</summary>
public sealed class FileCipherTests
{
    private const int HalfChunk = 32_768;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Schemes => [GcmFile.Scheme, GcmStream.Scheme, SecretStream.Scheme];

    /// <summary>Some object of a scheme.</summary>
    private sealed record Case(byte[] Plain, byte[] Stored, Secret Key, FileEncryption Encryption)
    {
        public int Unit => Encryption.Scheme == SecretStream.Scheme ? 65_553 : 65_552;
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Whatever_is_done_to_an_object_it_is_refused_and_nothing_false_comes_out(string scheme)
    {
        Gen.Select(Gen.Int[0, 200_000], Gen.Int[0, 7], Gen.Int[0, int.MaxValue - 1], Gen.Int[1, 255])
            .Sample(
                (size, what, where, by) =>
                {
                    var made = Make(scheme, size);
                    var changed = Change(made, what, where, (byte)by);
                    if (changed.AsSpan().SequenceEqual(made.Stored))
                    {
                        return true;
                    }
                    var (error, plain) = Open(made, changed, made.Encryption, made.Key);
                    return error is not null
                        && made.Plain.AsSpan().StartsWith(plain)
                        && (plain.Length % 65_536 == 0 || plain.Length == made.Plain.Length);
                },
                iter: 300
            );
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Another_key_or_what_stands_beside_it_changed_opens_nothing(string scheme)
    {
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 500])
            .Sample(
                (size, where) =>
                {
                    var made = Make(scheme, size);
                    var beside = made.Encryption.Beside.ToArray();
                    beside[where % beside.Length] ^= 1;
                    var other = scheme switch
                    {
                        GcmFile.Scheme => FileEncryption.OnePiece(beside),
                        GcmStream.Scheme => FileEncryption.Seekable(beside),
                        _ => FileEncryption.Sequential(beside),
                    };
                    var key = made.Key.Reveal().ToArray();
                    key[where % key.Length] ^= 1;
                    using var wrong = new Secret(key);
                    return Open(made, made.Stored, other, made.Key) is (not null, { Length: 0 })
                        && Open(made, made.Stored, made.Encryption, wrong) is (not null, { Length: 0 });
                },
                iter: 100
            );
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void What_is_whole_opens_and_the_zeroes_behind_it_are_cut(string scheme)
    {
        Gen.Int[0, 300_000]
            .Sample(
                size =>
                {
                    var made = Make(scheme, size);
                    return made.Stored.Length == made.Encryption.StoredSize(Padding.Padme(size))
                        && Open(made, made.Stored, made.Encryption, made.Key) is (null, var plain)
                        && plain.AsSpan().SequenceEqual(made.Plain);
                },
                iter: 100
            );
    }

    [Fact]
    public async Task Behind_the_end_there_are_zeroes_and_nothing_else()
    {
        var stored = FileCipher.EncryptSmall(Vectors.Pattern(1_000), out var key, out var how);
        foreach (var (size, code) in new[] { (999, "E_FORMAT"), (2_000, "E_TRUNCATED") })
        {
            using var plain = new MemoryStream();
            var refused = await Assert.ThrowsAsync<E2eeException>(() =>
                FileCipher.DecryptAsync(how, key, new MemoryStream(stored), plain, size, stop: Stop)
            );
            Assert.Equal(code, refused.Code);
        }
        key.Dispose();
    }

    [Fact]
    public void What_is_16_MB_or_more_is_not_made_in_one_piece()
    {
        var refused = Assert.Throws<E2eeException>(() =>
            FileCipher.EncryptSmall(new byte[FileCipher.LargeFrom], out _, out _)
        );
        Assert.Equal("E_LIMIT", refused.Code);
        var stored = FileCipher.EncryptSmall(new byte[FileCipher.LargeFrom - 1], out var key, out var how);
        Assert.Equal(how.StoredSize(Padding.Padme(FileCipher.LargeFrom - 1)), stored.Length);
        key.Dispose();
    }

    [Fact]
    public void Encryption_may_begin_at_any_chunk_and_gives_the_same_bytes()
    {
        Gen.Select(Gen.Int[0, 400_000], Gen.Int[1, 3])
            .Sample(
                (size, step) =>
                {
                    var plain = Vectors.Pattern(size);
                    using var key = Secret.Random(32);
                    using var whole = new MemoryStream();
                    var prefix = GcmStream.EncryptAsync(new MemoryStream(plain), whole, key, Stop).Result;
                    var chunks = Math.Max(1, (size + GcmStream.ChunkSize - 1) / GcmStream.ChunkSize);
                    var pieced = new byte[whole.Length];
                    for (var from = (chunks - 1) / step * step; from >= 0; from -= step) // backwards: nothing depends on what came before
                    {
                        var until = Math.Min(size, (from + step) * GcmStream.ChunkSize);
                        var piece = plain.AsSpan((from * GcmStream.ChunkSize)..until);
                        var output = pieced.AsSpan(from * (GcmStream.ChunkSize + 16));
                        GcmStream.EncryptFrom(from, piece, output, key, prefix, from + step >= chunks);
                    }
                    return pieced.AsSpan().SequenceEqual(whole.ToArray());
                },
                iter: 60
            );
    }

    [Fact]
    public void Half_a_chunk_is_no_run_of_chunks()
    {
        using var key = Secret.Random(32);
        var refused = Assert.Throws<E2eeException>(() =>
            GcmStream.EncryptFrom(0, new byte[HalfChunk], new byte[2 * HalfChunk], key, new byte[7], last: false)
        );
        Assert.Equal("E_FORMAT", refused.Code);
    }

    private static Case Make(string scheme, int size)
    {
        var plain = Vectors.Pattern(size);
        if (scheme == GcmFile.Scheme)
        {
            var whole = FileCipher.EncryptSmall(plain, out var own, out var how);
            return new Case(plain, whole, own, how);
        }
        var key = Secret.Random(32);
        using var padded = new MemoryStream([.. plain, .. new byte[Padding.Padme(size) - size]]);
        using var stored = new MemoryStream();
        var encryption =
            scheme == GcmStream.Scheme
                ? FileEncryption.Seekable(GcmStream.EncryptAsync(padded, stored, key, Stop).Result)
                : FileEncryption.Sequential(SecretStream.EncryptAsync(padded, stored, key, Stop).Result);
        return new Case(plain, stored.ToArray(), key, encryption);
    }

    private static byte[] Change(Case made, int what, int where, byte by)
    {
        var stored = made.Stored;
        var at = where % stored.Length;
        var chunks = stored.Chunk(made.Unit).ToList();
        var one = where % chunks.Count;
        switch (what)
        {
            case 0: // a bit, anywhere, tags included
                var flipped = stored.ToArray();
                flipped[at] ^= by;
                return flipped;
            case 1:
                return stored[..at];
            case 2:
                return [.. stored, .. RandomNumberGenerator.GetBytes(by)];
            case 3:
                return [.. stored, .. new byte[by * 1_000]];
            case 4:
                (chunks[one], chunks[0]) = (chunks[0], chunks[one]);
                break;
            case 5:
                chunks.RemoveAt(one);
                break;
            case 6:
                chunks.Insert(one, chunks[^1]);
                break;
            default:
                chunks[one] = Make(made.Encryption.Scheme, made.Plain.Length).Stored.Chunk(made.Unit).ElementAt(one);
                break;
        }
        return [.. chunks.SelectMany(chunk => chunk)];
    }

    private static (string? Error, byte[] Plain) Open(Case made, byte[] stored, FileEncryption how, Secret key)
    {
        using var plain = new MemoryStream();
        try
        {
            FileCipher
                .DecryptAsync(how, key, new MemoryStream(stored), plain, made.Plain.Length, stop: Stop)
                .GetAwaiter()
                .GetResult();
            return (null, plain.ToArray());
        }
        catch (E2eeException e)
        {
            return (e.Code, plain.ToArray());
        }
    }
}
