"""What the programs of the screenshots say, in Portuguese. Programs, files and people are invented."""

APPS = ("Agenda Maré", "Caderno Anil", "Correio Andorinha", "Estúdio Alecrim", "Arquivo Sobreiro", "Contas da Casa")
TITLES = ("A minha organização", "Família e trabalho", "Página principal", "Orçamento de março", "Sessão de João")
MENUS = ("Ficheiro", "Editar", "Ver", "Inserir", "Formatar", "Ferramentas", "Janela", "Ajuda")
SECTIONS = (
    "Geral", "Aparência", "Notificações", "Privacidade", "Sincronização", "Cópias de segurança",
    "Atalhos", "Língua e região", "Calendários", "Extensões", "Impressão", "Avançado",
)
FOLDERS = (
    "Recentes", "Documentos", "Imagens", "Transferências", "Orçamentos", "Reuniões", "Relatórios",
    "Férias de verão", "Receitas", "Arquivo", "Lixo", "Partilhados",
)

# Label and possible values of one choice in a form.
CHOICES = (
    ("Língua da aplicação", ("Português (Portugal)", "Português (Brasil)", "Inglês", "Francês")),
    ("Formato da data", ("27/03/2024", "2024-03-27", "27 de março de 2024")),
    ("Primeiro dia da semana", ("Segunda-feira", "Domingo", "Sábado")),
    ("Fuso horário", ("Lisboa", "Açores", "São Paulo", "Luanda")),
    ("Pasta das cópias", ("Disco externo", "Pasta pessoal", "Documentos de João")),
    ("Tamanho da letra", ("Pequeno", "Médio", "Grande")),
    ("Guardar a cada", ("5 minutos", "15 minutos", "30 minutos", "1 hora")),
    ("Página inicial", ("Calendário", "Última sessão", "Página em branco")),
    ("Nome a apresentar", ("Inês Andorinha", "João Sobreiro", "Conceição Alecrim")),
    ("Endereço de correio", ("ines@andorinha.example", "joao@sobreiro.example")),
    ("Impressora predefinida", ("Escritório, 2.º andar", "Receção", "Nenhuma")),
    ("Assinatura", ("Com os melhores cumprimentos", "Até à próxima", "Um abraço")),
)
SWITCHES = (
    "Abrir ao iniciar a sessão",
    "Mostrar notificações no ecrã",
    "Reproduzir um som quando chega uma mensagem",
    "Corrigir a ortografia enquanto escreve",
    "Fazer cópias de segurança todos os dias",
    "Não incomodar durante as reuniões",
    "Enviar relatórios de erros anónimos",
    "Pedir confirmação antes de eliminar",
    "Guardar as alterações automaticamente",
    "Usar a ligação à rede só à noite",
)
BUTTONS = ("Cancelar", "Aplicar", "Guardar alterações")

COLUMNS = ("Nome", "Tipo", "Alterado em", "Tamanho")
FILES = (
    ("Orçamento da remodelação", "Folha de cálculo"), ("Ata da reunião de março", "Documento"),
    ("Fotografia da varanda", "Imagem"), ("Lista de convidados", "Documento"), ("Relatório anual", "Documento"),
    ("Receita de pão de ló", "Nota"), ("Mapa das estações", "Imagem"), ("Inscrições do verão", "Folha de cálculo"),
    ("Canção do coração", "Áudio"), ("Apresentação final", "Apresentação"), ("Horário das aulas", "Documento"),
    ("Plano de formação", "Apresentação"), ("Gravação do conselho", "Áudio"), ("Lições de guitarra", "Nota"),
    ("Proposta de ação social", "Documento"), ("Coleção de botões", "Imagem"), ("Opiniões dos clientes", "Nota"),
    ("Manual de instruções", "Documento"), ("Previsão de vendas", "Folha de cálculo"),
    ("Organização do armazém", "Documento"),
)
MONTHS = ("jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez.")
TOOLS = ("Novo", "Abrir", "Partilhar", "Imprimir", "Eliminar", "Pesquisar")

# Title, explanation and buttons of a message.
MESSAGES = (
    (
        "Guardar as alterações?",
        ("O documento tem alterações que ainda não foram guardadas. Se sair agora, perde o que escreveu "
        "desde a última cópia de segurança."),
        ("Não guardar", "Cancelar", "Guardar"),
    ),
    (
        "Não foi possível ligar ao servidor",
        ("A ligação demorou demasiado tempo. Verifique o cabo e as definições da rede e tente outra vez "
        "dentro de alguns minutos."),
        ("Definições", "Fechar", "Tentar novamente"),
    ),
    (
        "Atualização disponível",
        ("A versão 4.2 corrige erros na impressão e traz um calendário mais rápido. A instalação demora "
        "cerca de três minutos e não é preciso reiniciar."),
        ("Mais tarde", "Ver novidades", "Instalar"),
    ),
    (
        "Eliminar 12 ficheiros?",
        ("Os ficheiros selecionados vão para o lixo e são apagados ao fim de trinta dias. Até lá, pode "
        "recuperá-los em qualquer momento."),
        ("Cancelar", "Mover para o lixo"),
    ),
)
STATES = ("Pronto", "Todas as alterações guardadas", "Sincronização concluída", "Última cópia: hoje às 09:15")
