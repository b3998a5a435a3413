using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;

namespace HCChat.Storage;

/// <summary>
/// What is reckoned of a body while it comes in: its MD5, which is S3's ETag, and whatever the request promised of it (<c>Content-MD5</c>,
/// <c>x-amz-checksum-…</c>, a signed SHA-256).
/// </summary>
internal sealed class Checksums : IDisposable
{
    private const string Prefix = "x-amz-checksum-";

    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(Md5);
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, string> _promised = [];
    private IncrementalHash? _sha1;
    private Crc32? _crc32;
    private uint _crc32C = uint.MaxValue;
    private bool _hasCrc32C;
    private byte[]? _md5Result;
    private byte[]? _sha256Result;

    // Not for secrecy: S3's clients compare it with their own.
    private static HashAlgorithmName Md5 => HashAlgorithmName.MD5;

    /// <summary>MD5 of all that came, once it is complete.</summary>
    public byte[] Md5Hash => _md5Result ??= _md5.GetHashAndReset();

    /// <summary>SHA-256 of all that came, once it is complete.</summary>
    public byte[] Sha256Hash => _sha256Result ??= _sha256.GetHashAndReset();

    /// <summary>Something is promised of the body: to be known before its first byte for what is reckoned on the way.</summary>
    /// <param name="name">The header's name, in lower case.</param>
    /// <param name="value">In Base64; empty when the value itself follows the body.</param>
    /// <exception cref="S3Error">It is a checksum that nobody here can reckon.</exception>
    public void Promise(string name, string value)
    {
        switch (name)
        {
            case Prefix + "sha1":
                _sha1 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
                break;
            case Prefix + "crc32":
                _crc32 ??= new Crc32();
                break;
            case Prefix + "crc32c":
                _hasCrc32C = true;
                break;
            case "content-md5" or Prefix + "sha256":
                break;
            default:
                throw S3Error.NotBuilt($"{name} is not understood; sha256, crc32, crc32c and sha1 are.");
        }
        if (value.Length > 0)
        {
            _promised[name] = value;
        }
    }

    /// <summary>More of the body.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _md5.AppendData(data);
        _sha256.AppendData(data);
        _sha1?.AppendData(data);
        _crc32?.Append(data);
        if (_hasCrc32C)
        {
            AppendCrc32C(data);
        }
    }

    /// <summary>Compares what came with what was promised.</summary>
    /// <exception cref="S3Error">They differ.</exception>
    public void Check()
    {
        foreach (var (name, value) in _promised)
        {
            var reckoned = name switch
            {
                "content-md5" => Md5Hash,
                Prefix + "sha256" => Sha256Hash,
                Prefix + "sha1" => _sha1!.GetCurrentHash(),
                Prefix + "crc32" => BigEndian(_crc32!.GetCurrentHashAsUInt32()),
                _ => BigEndian(~_crc32C),
            };
            if (Convert.ToBase64String(reckoned) != value)
            {
                throw S3Error.BadDigest();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _md5.Dispose();
        _sha256.Dispose();
        _sha1?.Dispose();
    }

    private void AppendCrc32C(ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            _crc32C = BitOperations.Crc32C(_crc32C, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }
        foreach (var b in data)
        {
            _crc32C = BitOperations.Crc32C(_crc32C, b);
        }
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
