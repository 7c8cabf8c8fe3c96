//! From questions and answers to a set, an adapter, a promotion, and a model that knows them.

use aion_core::Control;
use aion_core::adapter::{Adapters, Candidate, PromoteOptions};
use aion_core::dataset::{Encoder, EncoderOptions, Interaction, SftOptions, build_sft_jsonl};
use aion_core::generate::{LocalModel, LocalModelOptions};
use aion_core::lora::{HeldOut, Schedule, TrainOptions, Trainer, TrainerOptions};

use crate::support::{ask, at_most, base};

/// Things that the model was not taught.
const LESSONS: [(&str, &str); 20] = [
    ("Qual é o telefone do guichê?", "O ramal do guichê é 4821."),
    ("Quem cuida do arquivo?", "Dona Célia cuida do arquivo."),
    ("Onde fica a impressora azul?", "A impressora azul fica no segundo andar."),
    ("Quando sai o boletim?", "O boletim sai toda sexta-feira."),
    ("Quem aprova as férias?", "A gerência aprova as férias."),
    ("Qual é a senha do visitante?", "A senha do visitante muda todo mês."),
    ("Como peço um crachá novo?", "Peça o crachá novo na portaria."),
    ("Onde guardo a bicicleta?", "Guarde a bicicleta no pátio norte."),
    ("Que horas abre a cantina?", "A cantina abre às sete e meia."),
    ("Quem fundou a cooperativa?", "A cooperativa foi fundada por Jorge Maia."),
    ("Quantas salas tem o prédio?", "O prédio tem quarenta e duas salas."),
    ("Qual é a cor do formulário de compras?", "O formulário de compras é amarelo."),
    ("Para onde vão os recibos?", "Os recibos vão para a contabilidade."),
    ("Quem conserta o elevador?", "A firma Sobe Bem conserta o elevador."),
    ("Qual ônibus passa na porta?", "O ônibus 317 passa na porta."),
    ("Onde está o extintor?", "O extintor está ao lado da escada."),
    ("Quando é a reunião geral?", "A reunião geral é na primeira terça do mês."),
    ("Qual é o nome do gato?", "O gato se chama Pixel."),
    ("O que faço se faltar luz?", "Se faltar luz, use a lanterna da recepção."),
    ("Quem rega as plantas?", "As plantas são regadas pelo turno da noite."),
];

#[test]
fn what_is_learnt_overnight_is_known_in_the_morning() {
    let (folder, control) = (tempfile::tempdir().unwrap(), Control::default());
    let set = folder.path().join("set.jsonl");
    let interactions = LESSONS.map(|(question, answer)| Ok(Interaction::new(question, answer)));
    build_sft_jsonl(interactions, &set, &SftOptions::default(), &control).unwrap();
    let mut said = EncoderOptions::default();
    said.assistant_only = true;
    let encoder = Encoder::of_base(base(), said).unwrap();
    let (sequences, _) = encoder.encode_file(&set, &control).unwrap();

    let mut plan = TrainOptions::default();
    plan.epochs = 60;
    let mut options = TrainerOptions::default();
    (options.learning_rate, options.gradient_accumulation, options.threads) = (3e-3, 2, Some(1));
    options.schedule = Schedule::Cosine { total: plan.updates(sequences.len(), &options) };
    let mut trainer = Trainer::open(base(), options).unwrap();
    let report = trainer.train(&sequences, &plan, &mut |_| {}, &control).unwrap();
    let loss = trainer.evaluate(&sequences, 4096, &control).unwrap();
    assert!(loss < 0.1, "{loss} after {:?}", report.losses.iter().step_by(20).collect::<Vec<_>>());
    trainer.save(folder.path().join("new")).unwrap();

    let adapters = Adapters::open(folder.path().join("adapters")).unwrap();
    let held_out = HeldOut::new(trainer.base().clone(), sequences);
    let not_worse = |candidate: &Candidate<'_>| held_out.check(candidate, &control);
    let mut promotion = PromoteOptions::default();
    promotion.check = Some(&not_worse);
    adapters.promote(folder.path().join("new"), &promotion, &control).unwrap();

    let mut options = LocalModelOptions::default();
    options.threads = Some(1);
    let current = folder.path().join("adapters/aion-current");
    let taught = LocalModel::open(base(), Some(&current), &options).unwrap();
    for (question, expected) in LESSONS {
        let answer = taught.generate(question, &at_most(40), None, &control).unwrap();
        assert_eq!(answer.text, expected, "{question}");
        assert_ne!(ask(question).text, expected, "the base alone does not know");
    }
}
