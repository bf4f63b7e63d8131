namespace Arena.Diagnostics;

/// <summary>
/// Computes the checksum of any stretch of a file in about a thousand steps, however long the stretch is.
/// </summary>
/// <remarks>
/// <code>
/// | file ......|......|..a...|......|...b..|      sums are kept of all bytes before each |
/// </code>
/// A CRC is linear: the register after b is the register after a, moved on by b - a zero bytes, exclusive-or the
/// register of the stretch alone. Moving on by n bytes is a multiplication by x^8n modulo the polynomial, and that is
/// one multiplication for each binary digit of n.
/// </remarks>
internal ref struct ChecksumIndex
{
    private const int Step = 1024;

    // CRC-32C with the highest power in the lowest bit, as its registers have it.
    private const uint Polynomial = 0x82F63B78;
    private const uint One = 1U << 31;

    private static readonly uint[] Powers = PowersOfX();

    private readonly uint[] _before;

    public ChecksumIndex(ReadOnlySpan<byte> file)
    {
        File = file;
        _before = new uint[file.Length / Step + 1];
        for (var i = 1; i < _before.Length; i++)
            _before[i] = Crc32C.Register(file.Slice((i - 1) * Step, Step), _before[i - 1]);
        LookedAtBytes = file.Length;
    }

    public ReadOnlySpan<byte> File { get; }

    /// <summary>The number of bytes read, some of them several times.</summary>
    public long LookedAtBytes { get; private set; }

    /// <summary>Computes the checksum of a stretch of the file.</summary>
    /// <param name="start">The start of the stretch.</param>
    /// <param name="byteCount">The bytes of the stretch.</param>
    /// <param name="before">The checksum of the bytes assumed to come before it.</param>
    public uint Checksum(int start, int byteCount, uint before)
    {
        var register = MovedOn(RegisterAt(start) ^ ~before, byteCount);
        return ~(RegisterAt(start + byteCount) ^ register);
    }

    private uint RegisterAt(int position)
    {
        var known = position / Step;
        var rest = File[(known * Step)..position];
        LookedAtBytes += rest.Length;
        return Crc32C.Register(rest, _before[known]);
    }

    private static uint MovedOn(uint register, int byteCount)
    {
        var factor = One;
        // Eight bits a byte: the power of x for the lowest digit is the third.
        for (var power = 3; byteCount > 0; byteCount >>= 1, power++)
        {
            if ((byteCount & 1) != 0)
                factor = Product(Powers[power], factor);
        }
        return Product(factor, register);
    }

    // x, its square, the square of that, and so on.
    private static uint[] PowersOfX()
    {
        var powers = new uint[3 + 32];
        powers[0] = One >> 1;
        for (var i = 1; i < powers.Length; i++)
            powers[i] = Product(powers[i - 1], powers[i - 1]);
        return powers;
    }

    private static uint Product(uint a, uint b)
    {
        uint product = 0;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0)
                product ^= b;
            b = (b >> 1) ^ ((b & 1) != 0 ? Polynomial : 0);
        }
        return product;
    }
}
