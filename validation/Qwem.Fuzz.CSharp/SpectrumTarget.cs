using System.IO.Hashing;
using System.Text;
using Qwem.Sim.Formats;
using Qwem.Sim.IO;

namespace Qwem.Fuzz;

/// <summary>The reader of spectra, <c>.npz</c>.</summary>
/// <remarks>A changed file must be refused; one whose arrays were changed under right checksums may be read if it is what the writer makes of them.</remarks>
internal sealed class SpectrumTarget : FuzzTarget
{
    private static readonly NpyArray[] s_arrays =
    [
        NpyArray.Vector("eigenvalues", [3.5, -0.0, double.NaN]),
        NpyArray.Matrix("eigenvectors", 3, 2, [1, 2, 3, 4, 5, double.PositiveInfinity]),
        NpyArray.TextVector("words", ["the", "", "naïve", "𝔘𝔫"]),
        NpyArray.Text("settings", """{"qwem_spectrum":1}"""),
    ];

    private readonly byte[] _sample = Written(s_arrays);

    public override string Name => "spectrum .npz";

    public override int Share => 15;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        switch (random.Below(8))
        {
            case 0:
                return Read([.. _sample[..random.Between(0, 200)], .. random.Bytes(random.Below(200))], out _);
            case < 4:
                byte[] changed = random.OneIn(50) ? _sample : Mutation.Of(_sample, random);
                return Checked(Read(changed, out _), changed.AsSpan().SequenceEqual(_sample));
            default:
                byte[] file = Resealed(random);
                FuzzOutcome outcome = Read(file, out IReadOnlyList<NpyArray>? arrays);
                if (arrays is not null && !Written(arrays).AsSpan().SequenceEqual(file)) throw new FuzzFailure("A file was accepted that is not what would be written from it.");
                return outcome;
        }
    }

    /// <summary>One array changed, its header included, under right checksums and records.</summary>
    private static byte[] Resealed(FuzzRandom random)
    {
        using MemoryStream file = new();
        List<ZipEntry> entries = [];
        int changed = random.Below(s_arrays.Length);
        for (int k = 0; k < s_arrays.Length; k++)
        {
            byte[] alone = Written([s_arrays[k]]);
            int start = ZipRecords.Local(new ZipEntry(s_arrays[k].Name + ".npy", 0, 0, 0)).Length;
            int length = NpyHeader.Render(s_arrays[k]).Length + (int)s_arrays[k].ContentLength;
            byte[] content = alone.AsSpan(start, length).ToArray();
            if (k == changed) content = Mutation.Of(random.OneIn(2) ? content : Reshaped(content, random), random);
            ZipEntry entry = new(s_arrays[k].Name + ".npy", content.Length, Crc32.HashToUInt32(content), file.Length);
            entries.Add(entry);
            file.Write(ZipRecords.Local(entry));
            file.Write(content);
        }
        file.Write(ZipRecords.Directory(entries, file.Length));
        return file.ToArray();
    }

    /// <summary>The same content under a header of another type and shape.</summary>
    private static byte[] Reshaped(byte[] content, FuzzRandom random)
    {
        int headerLength = 10 + content[8] + (content[9] << 8);
        int[] shape = new int[random.Below(4)];
        for (int axis = 0; axis < shape.Length; axis++) shape[axis] = random.Of(0, 1, 2, 3, 4, 6, 65536, int.MaxValue);
        string type = random.Of("<f8", "<U1", "<U5", "<U2147483647", "<U0", "<U19");
        return [.. NpyHeader.Render(type, shape.Length == 2, shape), .. content[headerLength..]];
    }

    private static byte[] Written(IReadOnlyList<NpyArray> arrays)
    {
        using MemoryStream file = new();
        NpzWriter.Write(file, arrays);
        return file.ToArray();
    }

    private static FuzzOutcome Read(byte[] file, out IReadOnlyList<NpyArray>? arrays)
    {
        arrays = null;
        try
        {
            using MemoryStream stream = new(file);
            arrays = NpzReader.Read(stream);
            return FuzzOutcome.Accepted;
        }
        catch (FileFormatException)
        {
            return FuzzOutcome.Refused;
        }
    }
}
