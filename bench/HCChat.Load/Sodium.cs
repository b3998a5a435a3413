using System.Runtime.InteropServices;

namespace HCChat.Load;

/// <summary>libsodium as a program in C uses it: one call for each chunk, the key schedule made once.</summary>
internal static class Sodium
{
    private const int TagSize = 16;
    private const int StreamOverhead = 17;
    private const byte Message = 0;
    private const byte Final = 3;
    private const string Library = "libsodium";

    private static readonly byte[] s_key = new byte[32];

    /// <summary>Makes it ready.</summary>
    /// <exception cref="NotSupportedException">This processor has no AES of its own, without which libsodium has none.</exception>
    public static void Begin()
    {
        if (Init() < 0 || IsAvailable() == 0)
        {
            throw new NotSupportedException("libsodium has no AES-256-GCM on this machine.");
        }
    }

    public static void GcmEncrypt(byte[] plain, int chunks)
    {
        var (stored, state, nonce) = (new byte[plain.Length + TagSize], NewState(), new byte[12]);
        for (var i = 0; i < chunks; i++)
        {
            BitConverter.TryWriteBytes(nonce, i);
            Check(
                Encrypt(
                    stored,
                    out _,
                    plain,
                    (ulong)plain.Length,
                    null,
                    0,
                    IntPtr.Zero,
                    nonce,
                    ref state[Aligned(state)]
                )
            );
        }
    }

    public static void GcmDecrypt(byte[] plain, int chunks)
    {
        var (stored, state, nonce) = (new byte[plain.Length + TagSize], NewState(), new byte[12]);
        Check(
            Encrypt(stored, out _, plain, (ulong)plain.Length, null, 0, IntPtr.Zero, nonce, ref state[Aligned(state)])
        );
        var opened = new byte[plain.Length];
        for (var i = 0; i < chunks; i++)
        {
            Check(
                Decrypt(
                    opened,
                    out _,
                    IntPtr.Zero,
                    stored,
                    (ulong)stored.Length,
                    null,
                    0,
                    nonce,
                    ref state[Aligned(state)]
                )
            );
        }
    }

    public static void StreamEncrypt(byte[] plain, int chunks)
    {
        var (state, header, stored) = (new byte[StateBytes()], new byte[24], new byte[plain.Length + StreamOverhead]);
        Check(InitPush(state, header, s_key));
        for (var i = 0; i < chunks; i++)
        {
            var tag = i == chunks - 1 ? Final : Message;
            Check(Push(state, stored, out _, plain, (ulong)plain.Length, null, 0, tag));
        }
    }

    public static void StreamDecrypt(byte[] plain, int chunks)
    {
        var (state, header, stored) = (new byte[StateBytes()], new byte[24], new byte[plain.Length + StreamOverhead]);
        Check(InitPush(state, header, s_key));
        Check(Push(state, stored, out _, plain, (ulong)plain.Length, null, 0, Message));
        var opened = new byte[plain.Length];
        for (var i = 0; i < chunks; i++)
        {
            // Each is the first of its stream: the work is the same, and one chunk does for all.
            Check(InitPull(state, header, s_key));
            Check(Pull(state, opened, out _, out _, stored, (ulong)stored.Length, null, 0));
        }
    }

    // libsodium wants it at an address that 16 divides.
    private static byte[] NewState()
    {
        var state = GC.AllocateArray<byte>((int)GcmStateBytes() + 16, pinned: true);
        Check(BeforeNm(ref state[Aligned(state)], s_key));
        return state;
    }

    private static int Aligned(byte[] pinned) =>
        (int)((16 - (Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0).ToInt64() % 16)) % 16);

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException("libsodium refused.");
        }
    }

    [DllImport(Library, EntryPoint = "sodium_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Init();

    [DllImport(Library, EntryPoint = "crypto_aead_aes256gcm_is_available")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int IsAvailable();

    [DllImport(Library, EntryPoint = "crypto_aead_aes256gcm_statebytes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern nuint GcmStateBytes();

    [DllImport(Library, EntryPoint = "crypto_aead_aes256gcm_beforenm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int BeforeNm(ref byte state, byte[] key);

    [DllImport(Library, EntryPoint = "crypto_aead_aes256gcm_encrypt_afternm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Encrypt(
        byte[] stored,
        out ulong storedLength,
        byte[] plain,
        ulong length,
        byte[]? more,
        ulong moreLength,
        IntPtr secretNonce,
        byte[] nonce,
        ref byte state
    );

    [DllImport(Library, EntryPoint = "crypto_aead_aes256gcm_decrypt_afternm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Decrypt(
        byte[] plain,
        out ulong length,
        IntPtr secretNonce,
        byte[] stored,
        ulong storedLength,
        byte[]? more,
        ulong moreLength,
        byte[] nonce,
        ref byte state
    );

    [DllImport(Library, EntryPoint = "crypto_secretstream_xchacha20poly1305_statebytes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern nuint StateBytes();

    [DllImport(Library, EntryPoint = "crypto_secretstream_xchacha20poly1305_init_push")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int InitPush(byte[] state, byte[] header, byte[] key);

    [DllImport(Library, EntryPoint = "crypto_secretstream_xchacha20poly1305_push")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Push(
        byte[] state,
        byte[] stored,
        out ulong storedLength,
        byte[] plain,
        ulong length,
        byte[]? more,
        ulong moreLength,
        byte tag
    );

    [DllImport(Library, EntryPoint = "crypto_secretstream_xchacha20poly1305_init_pull")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int InitPull(byte[] state, byte[] header, byte[] key);

    [DllImport(Library, EntryPoint = "crypto_secretstream_xchacha20poly1305_pull")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Pull(
        byte[] state,
        byte[] plain,
        out ulong length,
        out byte tag,
        byte[] stored,
        ulong storedLength,
        byte[]? more,
        ulong moreLength
    );
}
